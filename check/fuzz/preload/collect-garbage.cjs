/** SIGUSR2 collects garbage, so that the heap contains only objects in use. */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  // Twice, because finalisers create garbage for the next round.
  collect();
  collect();
});
