"""The scripts by which Redis keeps the limits: each runs there in one piece, by Redis' own time.

What was given is counted in small sub-buckets of time. A window is the sum of those that have not left it altogether,
so it is never shorter than a second, an hour, a day. Three hashes belong to each relay or group of domains:

- the second: sub-buckets of 50 ms, kept 1.05 s (a permit is used a little after it was given, and the limit has to hold
  where the message arrives), and a small bucket of tokens that spreads permits over the second;
- the hour, in sub-buckets of a minute, and the day, in sub-buckets of a quarter of an hour.

A second that is missing starts with a debt as large as the bucket, so that nothing is given twice when Redis was
emptied. An hour or a day that is missing gives nothing until it was counted anew (`SEED`). `since` says from when on a
hash counts; what was given before is not given back into it.
"""

# How a number of milliseconds is cut into sub-buckets, and how long these count, for hour and day.
HOUR = (60_000, 3_600_000)
DAY = (900_000, 86_400_000)
# How long nothing is given after hour or day were lost, in milliseconds: by then each permit given before is used or
# stands in the ledger.
SETTLE = 1_500

_TIME = """
local now = tonumber(ARGV[1])
if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local KEEP = 2 * 86400000
local SIZES = {50, 60000, 900000}
local WIDTHS = {1050, 3600000, 86400000}
local function write(key, field, value)
    redis.call('HSET', key, field, string.format('%.6f', value))
end
local function bucket_of(second) return math.max(1, math.ceil(second * 0.1)) end
"""

# KEYS: for each name its second, its hour and its day.
# ARGV: the time in ms or nothing, 1 if it is urgent, and for each name: wanted, limits per second, hour and day (0:
# none). Gives for each name: permits, the time in ms, which window gave least (1, 2, 3; 0: none; 4: it has to be
# counted anew), and in how many ms there may be more.
TAKE = (
    _TIME
    + """
local urgent = ARGV[2] == '1'

local function read(key, size, width)
    local window = {key = key, sum = 0, oldest = nil, size = size, width = width, state = {}}
    local flat, gone = redis.call('HGETALL', key), {}
    for place = 1, #flat, 2 do
        local index, value = tonumber(flat[place]), tonumber(flat[place + 1])
        if not index then
            window.state[flat[place]] = value
        elseif (index + 1) * size + width <= now then
            gone[#gone + 1] = flat[place]
        elseif value > 0 then
            window.sum = window.sum + value
            if not window.oldest or index < window.oldest then window.oldest = index end
            if not window.newest or index > window.newest then window.newest = index end
        end
    end
    if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
    return window
end

local function reserve_of(kind, limit)
    if urgent or limit == 1 then return 0 end
    return math.max(1, math.floor(limit * (kind == 1 and 0.05 or 0.01)))
end

local function second(key, limit)
    local window = read(key, SIZES[1], WIDTHS[1])
    local most, rate = bucket_of(limit), limit / 1100
    if window.newest and window.newest * window.size > now + 1000 then
        redis.call('DEL', key)
        window = {key = key, sum = 0, size = SIZES[1], width = WIDTHS[1], state = {}}
    end
    if not window.state.since then
        redis.call('HSET', key, 'since', now)
        window.state = {since = now, tokens = -most, at = now}
    end
    local passed = math.max(0, now - window.state.at)
    window.tokens = math.min(most, window.state.tokens + passed * rate)
    window.rate = rate
    window.left = math.min(window.tokens, limit - reserve_of(1, limit) - window.sum)
    return window
end

local function longer(kind, key, limit)
    local window = read(key, SIZES[kind], WIDTHS[kind])
    if not window.state.since then
        if not window.state.lost or window.state.lost > now then
            window.state.lost = now
            redis.call('HSET', key, 'lost', now)
            redis.call('PEXPIRE', key, KEEP)
        end
        window.settled = window.state.lost + SETTLE
        window.left = 0
    else
        window.left = limit - reserve_of(kind, limit) - window.sum
    end
    return window
end

local function pause(window)
    if window.settled then return math.max(0, window.settled - now) end
    local wait = 0
    if window.tokens and window.tokens < 1 then wait = (1 - window.tokens) / window.rate end
    if window.oldest and (not window.tokens or window.left < window.tokens) then
        wait = math.max(wait, (window.oldest + 1) * window.size + window.width - now)
    end
    return math.ceil(wait)
end

local answer = {}
for place = 0, #KEYS / 3 - 1 do
    local wanted, windows, given = tonumber(ARGV[3 + place * 4]), {}, nil
    given = wanted
    for kind = 1, 3 do
        local key, limit = KEYS[place * 3 + kind], tonumber(ARGV[3 + place * 4 + kind])
        if limit > 0 then
            local window = kind == 1 and second(key, limit) or kind > 1 and longer(kind, key, limit)
            windows[kind] = window
            given = math.min(given, math.max(0, math.floor(window.left)))
        end
    end
    local least, wait = 0, 0
    for kind = 1, 3 do
        local window = windows[kind]
        if window then
            window.left = window.left - given
            if window.tokens then
                window.tokens = window.tokens - given
                write(window.key, 'tokens', window.tokens)
                redis.call('HSET', window.key, 'at', now)
            end
            if given > 0 then
                local index = math.floor(now / window.size)
                redis.call('HINCRBY', window.key, index, given)
                window.oldest = window.oldest or index
                redis.call('PEXPIRE', window.key, KEEP)
            end
            if given < wanted and window.left < 1 then
                local needed = pause(window)
                if least == 0 or needed >= wait then
                    least, wait = window.settled and 4 or kind, needed
                end
            end
        end
    end
    for _, number in ipairs({given, now, least, wait}) do answer[#answer + 1] = number end
end
return answer
"""
).replace("SETTLE", str(SETTLE))

# KEYS: second, hour, day. ARGV: the time in ms or nothing, when the permits were given, how many, the limits.
GIVE_BACK = (
    _TIME
    + """
local given_at, number = tonumber(ARGV[2]), tonumber(ARGV[3])
for kind = 1, 3 do
    local key, limit = KEYS[kind], tonumber(ARGV[3 + kind])
    local since = tonumber(redis.call('HGET', key, 'since') or '')
    if limit > 0 and since and given_at >= since then
        local index = math.floor(given_at / SIZES[kind])
        local counted = tonumber(redis.call('HGET', key, index) or '0')
        redis.call('HINCRBY', key, index, -math.min(counted, number))
        if kind == 1 then
            local tokens = tonumber(redis.call('HGET', key, 'tokens'))
            write(key, 'tokens', math.min(bucket_of(limit), tokens + number))
        end
    end
end
"""
)

# KEYS: an hour or a day, and its lock. ARGV: the time in ms or nothing, the lock's owner, then sub-buckets with counts.
# Gives 1 if the count was taken, 0 if somebody else has counted, or may have.
SEED = (
    _TIME
    + """
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[2])
if redis.call('HEXISTS', KEYS[1], 'since') == 1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'since', now)
for place = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[place], ARGV[place + 1]) end
redis.call('PEXPIRE', KEYS[1], KEEP)
return 1
"""
)
