import { Injectable } from '@nestjs/common';
import { DeploymentSecret } from '../database/deployment-secret';

/** Names of users for what has to be found again by its user, and must not name him: keyed hashes. */
@Injectable()
export class UserPseudonyms {
  constructor(private readonly secret: DeploymentSecret) {}

  /** 64 hexadecimal digits; of another tenant's user of the same id they are others. */
  of(tenantId: string, userId: string): string {
    return this.secret.derive('user', `${tenantId} ${userId}`);
  }
}
