import 'reflect-metadata';
import { startApplication } from './application';
import { AppError } from './common/app-error';
import { AppConfig, ConfigError } from './config/app-config';

/** Starts the service and stops it on SIGTERM and SIGINT. */
async function main(): Promise<void> {
  const config = AppConfig.parse(process.env);
  const application = await startApplication(config);
  const stop = () => {
    application.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGTERM', stop).once('SIGINT', stop);
  // Last: who reads this may send a signal at once.
  process.stdout.write(`Evergreen listens on ${application.url} (role ${config.role})\n`);
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
