import 'reflect-metadata';
import { AppError } from './common/app-error';
import { AppConfig, ConfigError } from './config/app-config';
import { startTracing } from './observability/tracing';

/** Starts the service and stops it on SIGTERM and SIGINT, also when they come before it has started. */
async function main(): Promise<void> {
  const config = AppConfig.parse(process.env);
  const tracing = await startTracing(config);
  // Only now: tracing has to be there before what it traces is loaded.
  const starting = import('./application.js').then(({ startApplication }) => startApplication(config));
  const stop = () => {
    setTimeout(() => {
      process.stderr.write(
        `something still ran after ${config.shutdownTimeoutMs / 1000} s and was cut off\n`,
      );
      process.exit(1);
    }, config.shutdownTimeoutMs).unref();
    starting
      .then((application) => application.stop())
      .then(() => tracing?.stop())
      .then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  const { url, managementUrl } = await starting;
  const management = managementUrl === null ? '' : `; health and metrics on ${managementUrl}`;
  // Last: who reads this may send requests at once.
  process.stdout.write(`Evergreen listens on ${url} (role ${config.role}${management})\n`);
}

function fail(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof AppError;
  const text = expected
    ? `${'code' in error ? `${error.code}: ` : ''}${error.message}`
    : (error as Error)?.stack;
  process.stderr.write(`${text ?? String(error)}\n`);
  process.exit(error instanceof ConfigError ? ConfigError.exitCode : 1);
}

main().catch(fail);
