import 'reflect-metadata';
import { AppError } from './common/app-error';
import { AppConfig, ConfigError } from './config/app-config';
import { startTracing } from './observability/tracing';

/** Starts the service and stops it on SIGTERM and SIGINT, also if they arrive before it has started. */
async function main(): Promise<void> {
  const config = AppConfig.parse(process.env);
  const tracing = await startTracing(config);
  // Imported after startTracing, which patches modules as they are loaded.
  const starting = import('./application.js').then(({ startApplication }) => startApplication(config));
  const stop = () => {
    setTimeout(() => {
      process.stderr.write(
        `shutdown did not finish within ${config.shutdownTimeoutMs / 1000} s and was aborted\n`,
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
  // Last, because callers send requests as soon as they read it.
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
