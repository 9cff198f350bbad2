-- ARGV: ms. Returns processes whose newest heartbeat is older, each with its description. Returns none while
-- heartbeats were impossible for all processes.
local now = now_ms()
if heartbeats_missing(now) then return {} end
local found = {}
for _, owner in ipairs(redis.call('ZRANGEBYSCORE', P .. 'workers', '-inf', now - ARGV[1])) do
  found[#found + 1] = owner
  found[#found + 1] = redis.call('GET', P .. 'worker:' .. owner) or ''
end
return found
