const { execFileSync } = require('node:child_process');
const { join } = require('node:path');

const CHECKOUT = join(__dirname, '..', '..');

/** Before all suites: the files of the local model are there, as after `npm run build`. */
module.exports = () => {
  const converter = join(CHECKOUT, 'scripts', 'local-model', 'convert.ts');
  execFileSync(process.execPath, ['-r', '@swc-node/register', converter], {
    cwd: CHECKOUT,
    stdio: 'inherit',
  });
};
