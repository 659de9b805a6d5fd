"""The script by which Redis judges one sign-up: in one piece, so that many at once can't pass each other.

Times are milliseconds since 1970, as the caller's clock has them. Of a network, a provider and the form under attack
the moments are kept at which their last mails leave: the next one leaves when the limit allows, so that a queue grows
the longer, the more is asked for, and what would wait longer than `patience` is dropped. Who is asked for again within
a day takes no new place, and no earlier one either. Those whose browsers worked have places of their own at each
provider, so that a flood that didn't work for its sign-ups can't take theirs.
"""

KEYS = ("site", "usual", "form", "work", "address", "network", "provider", "held", "worked")
DROP, PASS = 0, 1
LIMITS = """
local now, mode, floor = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local function lately()
  local minute, sum = math.floor(now / 60000), 0
  local flat = redis.call('HGETALL', KEYS[1])
  for place = 1, #flat, 2 do
    if tonumber(flat[place]) > minute - 60 then sum = sum + flat[place + 1]
    else redis.call('HDEL', KEYS[1], flat[place]) end
  end
  return sum
end
local function next_place(key, ...)
  local place, windows = now, {...}
  for at = 1, #windows, 2 do
    local before = redis.call('LINDEX', key, -windows[at])
    if before then place = math.max(place, tonumber(before) + windows[at + 1]) end
  end
  return place
end
local usual = math.max(floor, tonumber(redis.call('GET', KEYS[2]) or '0'))
local HOUR, DAY = 3600000, 86400000
"""
# ARGV: now, mode, floor of the site, whether it came by a form, whether a browser worked for it, asked for a day,
# network an hour and a day, provider an hour, how many times more whoever worked may, how long to hold, patience.
JUDGE = (
    LIMITS
    + """
local is_form, has_worked = ARGV[4] == '1', ARGV[5] == '1'
local asked, net_hour, net_day = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local provider_hour = tonumber(ARGV[9])
local more, hold, patience = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12])
redis.call('HINCRBY', KEYS[1], math.floor(now / 60000), 1)
redis.call('EXPIRE', KEYS[1], 7200)
local is_attack = mode == 'on' or (mode == 'auto' and lately() > usual)
if is_form and not redis.call('SET', KEYS[3], 1, 'NX', 'PX', 5 * HOUR) then return {0, now} end
if has_worked then
  has_worked = redis.call('INCR', KEYS[4]) <= 3
  redis.call('PEXPIRE', KEYS[4], 5 * HOUR)
end
if next_place(KEYS[5], asked, DAY) > now then return {0, now} end
local net_most = math.max(net_hour, net_day) * more
if has_worked then net_hour, net_day = net_hour * more, net_day * more end
local lane = has_worked and KEYS[9] or KEYS[7]
local places = {
  [KEYS[6]] = next_place(KEYS[6], net_hour, HOUR, net_day, DAY),
  [lane] = next_place(lane, provider_hour, HOUR),
}
if is_attack and not has_worked then places[KEYS[8]] = math.max(now + hold, next_place(KEYS[8], usual, HOUR)) end
local due = now
for _, place in pairs(places) do due = math.max(due, place) end
if due > now + patience then
  redis.call('DEL', KEYS[3])
  return {0, now}
end
local is_again = next_place(KEYS[5], 1, DAY) > now
redis.call('RPUSH', KEYS[5], now)
redis.call('LTRIM', KEYS[5], -asked, -1)
redis.call('PEXPIRE', KEYS[5], DAY)
if not is_again then
  local kept = {[KEYS[6]] = net_most, [lane] = provider_hour, [KEYS[8]] = usual}
  for key, place in pairs(places) do
    redis.call('RPUSH', key, place)
    redis.call('LTRIM', key, -kept[key], -1)
    redis.call('PEXPIRE', key, 2 * DAY)
  end
end
return {1, due}
"""
)
# ARGV: now, mode, floor of the site, network an hour and a day. Gives how many came within an hour, how many are usual,
# and whether a mail for this network would wait.
LOOK = (
    LIMITS
    + """
local waits = next_place(KEYS[6], tonumber(ARGV[4]), HOUR, tonumber(ARGV[5]), DAY) > now
return {lately(), usual, waits and 1 or 0}
"""
)
