-- ARGV: run id, reason. Nodes that have not begun end cancelled when their turn comes.
local run = run_key(ARGV[1])
if redis.call('HGET', run, 'status') ~= 'running' then return 0 end
return redis.call('HSETNX', run, 'cancel', ARGV[2])
