#!lua
-- commit.lua - one command's changes, all or none.
--
-- Redis does not roll a script back, so everything is checked first and written then; the write
-- most likely to be refused (the stream entry) comes before all others. The first line makes
-- Redis itself refuse the script before it starts when memory is full, the disk fails or this is
-- a replica. commit.c writes the arguments; the order of KEYS and of ARGV is the order of use:
--
--   ARGV[1]  the plan, one byte each:
--            request (0 none, 1 commit, 2 only look), epoch (1 check, 2 move, 3 both),
--            event (1), records, claims, appends, counters,
--            then for each index group: 1 ZADD or 2 ZREM, number of members
--   request  KEYS results of this month, of the month before; ARGV request key, body digest,
--            result
--   epoch    KEYS epoch;             ARGV expected value (only when it is checked)
--   event    KEYS sequence, stream;  ARGV entries kept, bytes
--   record   KEYS record;            ARGV expected version (8 bytes, '' = absent), new string
--   claim    KEYS claim;             ARGV value
--   append   KEYS list;              ARGV bytes
--   counter  KEYS counter;           ARGV by
--   group    KEYS sorted set;        ARGV (score, member)... or member...
--
-- Answers: the sequence alone = done; otherwise a list that starts with the verdict:
--   {0, sequence, counters...} done; {1, kept} replayed; {2} request id reused;
--   {3, index} record changed; {4, index, value} claimed; {5} epoch moved; {6} never committed.

local KEYS, ARGV, call = KEYS, ARGV, redis.call
local byte, sub = string.byte, string.sub

local plan = ARGV[1]
local request, epoch, event, records, claims, appends, counters = byte(plan, 1, 7)
local k, a = 0, 2 -- keys used; next argument

-- Check ------------------------------------------------------------------------------------------

local request_key, digest, result, first_of_month
if request > 0 then
    request_key, digest, result = ARGV[2], ARGV[3], ARGV[4]
    local found = call('HMGET', KEYS[1], request_key, '')
    local kept = found[1] or call('HGET', KEYS[2], request_key)
    if kept then
        if sub(kept, 1, 16) == digest then
            return {1, kept}
        end
        return {2}
    end
    if request == 2 then
        return {6}
    end
    first_of_month = not found[2]
    k, a = 2, 5
end

local epoch_key
if epoch > 0 then
    k = k + 1
    epoch_key = KEYS[k]
    if epoch ~= 2 then
        if (call('GET', epoch_key) or '') ~= ARGV[a] then
            return {5}
        end
        a = a + 1
    end
end

local event_k, event_a = k, a
if event > 0 then
    k, a = k + 2, a + 2
end

local record_k, record_a = k, a
for i = 1, records do
    if call('GETRANGE', KEYS[k + i], '0', '7') ~= ARGV[a] then
        return {3, i - 1}
    end
    a = a + 2
end
k = k + records

local claim_k, claim_a = k, a
for i = 1, claims do
    local held = call('GET', KEYS[k + i])
    if held and held ~= ARGV[a] then
        return {4, i - 1, held}
    end
    a = a + 1
end
k = k + claims

-- Write ------------------------------------------------------------------------------------------

local sequence = 0
if event > 0 then
    sequence = call('INCR', KEYS[event_k + 1])
    if sequence % 100 == 0 then -- '~' drops whole nodes of 100 entries, so more often is in vain
        call('XADD', KEYS[event_k + 2], 'MAXLEN', '~', ARGV[event_a], sequence, 'e',
            ARGV[event_a + 1])
    else
        call('XADD', KEYS[event_k + 2], sequence, 'e', ARGV[event_a + 1])
    end
end

if epoch > 1 then
    call('INCR', epoch_key)
end

for i = 1, records do
    local bytes = ARGV[record_a + 1]
    if bytes == '' then
        call('DEL', KEYS[record_k + i])
    else
        call('SET', KEYS[record_k + i], bytes)
    end
    record_a = record_a + 2
end

for i = 1, claims do
    call('SET', KEYS[claim_k + i], ARGV[claim_a])
    claim_a = claim_a + 1
end

for _ = 1, appends do
    k = k + 1
    call('RPUSH', KEYS[k], ARGV[a])
    a = a + 1
end

local done
if counters > 0 then
    done = {0, sequence}
    for i = 1, counters do
        k = k + 1
        done[i + 2] = call('INCRBY', KEYS[k], ARGV[a])
        a = a + 1
    end
end

for p = 8, #plan, 2 do
    local kind, members = byte(plan, p, p + 1)
    k = k + 1
    if kind == 1 then
        if members == 1 then
            call('ZADD', KEYS[k], ARGV[a], ARGV[a + 1])
        else
            call('ZADD', KEYS[k], unpack(ARGV, a, a + 2 * members - 1))
        end
        a = a + 2 * members
    else
        if members == 1 then
            call('ZREM', KEYS[k], ARGV[a])
        else
            call('ZREM', KEYS[k], unpack(ARGV, a, a + members - 1))
        end
        a = a + members
    end
end

if request > 0 then
    if first_of_month then
        -- Marks the month, and drops the generations that nobody looks in any more. They share
        -- the hash tag of KEYS[1]; two years back covers any silence that matters.
        call('HSET', KEYS[1], '', '')
        local name = sub(KEYS[1], 1, -7)
        local month = tonumber(sub(KEYS[1], -6))
        local months = math.floor(month / 100) * 12 + month % 100 - 1
        local old = {}
        for back = 2, 25 do
            local m = months - back
            old[back - 1] = string.format('%s%04d%02d', name, math.floor(m / 12), m % 12 + 1)
        end
        call('UNLINK', unpack(old))
    end
    call('HSET', KEYS[1], request_key, digest .. struct.pack('>I8', sequence) .. result)
end

return done or sequence
