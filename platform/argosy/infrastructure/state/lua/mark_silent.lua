-- ARGV: owner, valid for ms. The owner's process exists without a heartbeat; returns its silence in ms.
local now = now_ms()
local heard = tonumber(redis.call('ZSCORE', P .. 'workers', ARGV[1]) or now)
redis.call('SET', P .. 'silent:' .. ARGV[1], heard, 'PX', ARGV[2])
redis.call('SET', P .. 'stuck:' .. ARGV[1], now, 'PX', 3600000)
return now - heard
