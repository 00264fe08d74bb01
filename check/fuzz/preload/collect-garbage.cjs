/** SIGUSR2 collects garbage, so that the heap that is left is what is still in use. */
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  // Twice: what a finaliser frees is garbage of the next round.
  collect();
  collect();
});
