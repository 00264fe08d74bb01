import { ArrayMinSize, IsArray, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Setting } from './setting';

const SCOPES = ['query', 'ingest', 'documents:read', 'admin'] as const;
/** Of public keys alone: who can check a token by one of these cannot make one. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Environment variables of `AUTH=oidc`: what users' access tokens are and say. */
export class IdentityEnvironment {
  @Setting(
    'With `AUTH=oidc`: whose access tokens are accepted, as their claim `iss` names it; https, or a loopback address.',
  )
  @IsOptional()
  @Matches(/^https?:\/\/[^\s?#]+$/, {
    message: '$property must be an http:// or https:// URL without a query',
  })
  OIDC_ISSUER?: string;

  @Setting(
    'With `AUTH=oidc`: what the claim `aud` of a token must hold; one of several, separated by commas.',
    {
      default: [],
    },
  )
  @IsArray()
  OIDC_AUDIENCE: string[];

  @Setting('Signature algorithms of tokens that are accepted.', {
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  })
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(ALGORITHMS, { each: true, message: `each of $property must be one of ${ALGORITHMS.join(', ')}` })
  OIDC_ALGORITHMS: string[];

  @Setting('Seconds that the clocks of issuer and service may differ by.', { default: 30 })
  @IsInt()
  @Min(0)
  @Max(300)
  OIDC_CLOCK_TOLERANCE_SECONDS: number;

  @Setting(
    'Seconds between two looks for keys of the issuer that are not known yet. What is known is read again every 10 minutes.',
    { default: 30 },
  )
  @IsInt()
  @Min(0)
  @Max(600)
  OIDC_JWKS_COOLDOWN_SECONDS: number;

  @Setting(
    'Claim that names the user, who may read what ACLs give to `user:<value>`. Of all claims here: its name, or the way to it, as `realm_access.roles`.',
    { default: 'sub' },
  )
  @IsString()
  OIDC_USER_CLAIM: string;

  @Setting('Claim that lists the groups of the user, who may read what ACLs give to `group:<value>`.', {
    default: 'groups',
  })
  @IsString()
  OIDC_GROUPS_CLAIM: string;

  @Setting('Claim that names the tenant; not set: all users are of `OIDC_TENANT`.')
  @IsOptional()
  @IsString()
  OIDC_TENANT_CLAIM?: string;

  @Setting('Name of the tenant that users are of if no claim says it.', { default: 'default' })
  @IsString()
  OIDC_TENANT: string;

  @Setting(
    'Claim that lists the scopes of the user, others than those of this service being ignored; not set: all users have `OIDC_SCOPES`.',
  )
  @IsOptional()
  @IsString()
  OIDC_SCOPE_CLAIM?: string;

  @Setting('Scopes that users have if no claim says them.', { default: ['query'] })
  @IsArray()
  @IsIn(SCOPES, { each: true, message: `each of $property must be one of ${SCOPES.join(', ')}` })
  OIDC_SCOPES: string[];

  @Setting(
    'Claim that lists the users on behalf of whom the bearer may ask, or says `any`; not set: nobody may for another.',
  )
  @IsOptional()
  @IsString()
  OIDC_MAY_ACT_AS_CLAIM?: string;
}
