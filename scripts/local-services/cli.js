/** The command line of `scripts/services`. Results go to stdout, progress to stderr. */
const { parseArgs } = require('node:util');
const { rootFolder } = require('./debian-root');
const { down, status, up } = require('./services');

const USAGE = `Usage: scripts/services up | down | status [options]

  up       start Postgres and two Redis servers for this checkout, or check the running ones, and print
           DATABASE_URL, REDIS_CACHE_URL and REDIS_QUEUE_URL: export $(scripts/services up)
  down     stop them and keep their data
  status   show the state of each server; exit code 3 if one is down

  --json       print JSON
  --purge      with down: also delete the data
  --for PID    with up and down: use the servers on behalf of a process; "down" then stops them only if no
               other process, and no plain "up", uses them`;

/** A wrong command line; the usage is printed. */
class UsageError extends Error {}

function parse(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      purge: { type: 'boolean', default: false },
      for: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const lease = values.for === undefined ? undefined : Number(values.for);
  if (lease !== undefined && !Number.isInteger(lease)) throw new UsageError('--for needs a process id');
  if (!values.help && positionals.length !== 1) throw new UsageError('exactly one command is required');
  return { command: values.help ? 'help' : positionals[0], lease, json: values.json, purge: values.purge };
}

function printStatus(report) {
  const place = report.backend === 'engine' ? 'container engine' : `Debian root ${rootFolder()}`;
  const lines = report.servers.map(({ name, isUp, url, pid }) => {
    return `${name.padEnd(12)} ${isUp ? 'up  ' : 'down'} ${url ?? ''}${isUp && pid ? ` (pid ${pid})` : ''}`.trimEnd();
  });
  console.log([place, ...lines].join('\n'));
}

const COMMANDS = {
  async up({ json, lease }) {
    const report = await up({ lease, report: (line) => console.error(line) });
    if (json) console.log(JSON.stringify(report));
    else for (const { variable, url } of report.servers) console.log(`${variable}=${url}`);
    return report.isUp ? 0 : 1;
  },
  async down({ json, lease, purge }) {
    const isStopped = await down({ lease, purge });
    if (json) console.log(JSON.stringify({ isStopped }));
    else console.error(isStopped ? 'stopped' : 'not stopped: other processes use them');
    return 0;
  },
  async status({ json }) {
    const report = await status();
    if (json) console.log(JSON.stringify(report));
    else printStatus(report);
    return report.isUp ? 0 : 3;
  },
  async help() {
    console.log(USAGE);
    return 0;
  },
};

/** Runs one command. @param argv the arguments after the script's name @returns the exit code */
async function main(argv) {
  try {
    const options = parse(argv);
    const command = COMMANDS[options.command];
    if (!command) throw new UsageError(`unknown command ${options.command}`);
    return await command(options);
  } catch (error) {
    const isUsage = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS');
    console.error(isUsage ? `${error.message}\n\n${USAGE}` : error.message);
    return isUsage ? 2 : 1;
  }
}

module.exports = { main };
