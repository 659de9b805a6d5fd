"""Bringing in people who subscribed elsewhere: a file is stored, read, judged, shown, and applied or put aside.

All of it goes in short steps (`course.go_on`), each a transaction of its own that leaves the import where the next one
begins: memory doesn't grow with the file, and a process that dies costs one step.
"""
