import { createHmac } from 'node:crypto';
import type { DataSource } from 'typeorm';

/**
 * A secret of this deployment, made by its database and kept there: what is derived from it is the same in every process
 * and after every restart, and reveals nothing to a reader of a cache without the database.
 */
export class DeploymentSecret {
  constructor(private readonly secret: Buffer) {}

  /** @throws Error if the database holds none: its migrations have not run */
  static async read(dataSource: DataSource): Promise<DeploymentSecret> {
    const rows = await dataSource.query<{ secret: Buffer }[]>(`SELECT secret FROM deployment_secret`);
    if (rows.length === 0) throw new Error('deployment_secret is empty: run the migrations');
    return new DeploymentSecret(Buffer.from(rows[0].secret));
  }

  /**
   * HMAC-SHA-256 of a value, 64 hexadecimal digits.
   * @param purpose keeps what is derived for one use from being of use for another
   */
  derive(purpose: string, value: string): string {
    return createHmac('sha256', this.secret).update(`${purpose}\0${value}`).digest('hex');
  }
}
