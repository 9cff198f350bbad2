-- Moves due deliveries into their queues.
local due = redis.call('ZRANGEBYSCORE', P .. 'delayed', '-inf', now_ms(), 'LIMIT', 0, 200)
for _, member in ipairs(due) do
  local cut = string.find(member, '\n', 1, true)
  redis.call('LPUSH', string.sub(member, 1, cut - 1), string.sub(member, cut + 1))
  redis.call('ZREM', P .. 'delayed', member)
end
return #due
