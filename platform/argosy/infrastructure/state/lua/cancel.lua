-- ARGV: run id, reason, status. Nodes that have not begun end cancelled when their turn comes; the run ends as `status`.
local run = run_key(ARGV[1])
if redis.call('HGET', run, 'status') ~= 'running' then return 0 end
if redis.call('HSETNX', run, 'cancel', ARGV[2]) == 0 then return 0 end
redis.call('HSET', run, 'cancel_as', ARGV[3])
return 1
