-- KEYS[1] limit hash; ARGV: now ms or "", milliseconds
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local until_ms = now + tonumber(ARGV[2])
local blocked = tonumber(redis.call('HGET', KEYS[1], 'u')) or 0
if until_ms > blocked then
  redis.call('HSET', KEYS[1], 'u', string.format('%.3f', until_ms), 'p', ARGV[2])
end
local left = redis.call('PTTL', KEYS[1])
local needed = math.ceil(tonumber(ARGV[2])) + 60000
if left < needed then
  redis.call('PEXPIRE', KEYS[1], needed)
end
return 1
