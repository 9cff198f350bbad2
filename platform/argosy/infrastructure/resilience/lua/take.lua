-- KEYS: one hash for each charge (fields t tokens, a at ms, u blocked until ms, p longest block in ms)
-- ARGV: now ms or "", then capacity, period ms, cost for each key
-- Returns 0 if all charges were taken, else takes none and returns the microseconds to wait.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end
local wait = 0
local levels = {}
for i, key in ipairs(KEYS) do
  local capacity = tonumber(ARGV[i * 3 - 1])
  local period = tonumber(ARGV[i * 3])
  local cost = tonumber(ARGV[i * 3 + 1])
  local rate = capacity / period
  local found = redis.call('HMGET', key, 't', 'a', 'u', 'p')
  local tokens = levels[key]
  if not tokens then
    tokens = tonumber(found[1]) or capacity
    local at = tonumber(found[2]) or now
    if at > now then
      -- The clock was set back: the bucket fills from now on.
      at = now
      redis.call('HSET', key, 'a', string.format('%.3f', now))
    end
    tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
  end
  levels[key] = tokens - cost
  if tokens < cost then
    wait = math.max(wait, (cost - tokens) / rate)
  end
  local blocked = tonumber(found[3])
  if blocked then
    local longest = tonumber(found[4])
    if longest and blocked - now > longest then
      blocked = now + longest
      redis.call('HSET', key, 'u', string.format('%.3f', blocked))
    end
    wait = math.max(wait, blocked - now)
  end
end
if wait > 0 then
  return math.ceil(wait * 1000)
end
for i, key in ipairs(KEYS) do
  local period = tonumber(ARGV[i * 3])
  redis.call('HSET', key, 't', string.format('%.9f', levels[key]), 'a', string.format('%.3f', now))
  redis.call('PEXPIRE', key, math.ceil(period) + 60000)
end
return 0
