-- ARGV: owner, valid for ms, "|" and each token followed by "|", description. A heartbeat of one process.
local now, ttl = now_ms(), tonumber(ARGV[2])
local p = redis.call('HMGET', P .. 'pulse', 'last', 'since')
local last, since = tonumber(p[1] or nil), tonumber(p[2] or '0')
-- After a gap every process gets the time for one more heartbeat. This does not repeat at once: a slow worker must
-- not block take-overs forever.
if last and math.abs(now - last) > ttl / 2 and (now < since or now > since + 3 * ttl) then
  redis.call('HSET', P .. 'pulse', 'since', now)
end
redis.call('HSET', P .. 'pulse', 'last', now, 'ttl', ttl)
redis.call('SET', P .. 'alive:' .. ARGV[1], now .. '|' .. ttl .. ARGV[3], 'PX', ttl)
redis.call('DEL', P .. 'silent:' .. ARGV[1], P .. 'stuck:' .. ARGV[1])
redis.call('ZADD', P .. 'workers', now, ARGV[1])
if ARGV[4] ~= '' then redis.call('SET', P .. 'worker:' .. ARGV[1], ARGV[4], 'PX', math.max(ttl * 3, 3600000)) end
return now
