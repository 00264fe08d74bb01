import { Logger, type LoggerService } from '@nestjs/common';

/** What is logged while it is installed, as `LEVEL message`, of one context. */
export class LogLines implements LoggerService {
  readonly lines: string[] = [];

  constructor(private readonly context: string) {}

  /** From now on, everything logged comes here and nowhere else. */
  install(): this {
    Logger.overrideLogger(this);
    return this;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.keep('INFO', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.keep('WARN', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.keep('ERROR', message, rest);
  }

  private keep(level: string, message: unknown, rest: unknown[]): void {
    if (rest.at(-1) === this.context) this.lines.push(`${level} ${String(message)}`);
  }
}
