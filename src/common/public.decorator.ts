import { SetMetadata } from '@nestjs/common';

/** Metadata key of {@link Public}; the guard reads it. */
export const IS_PUBLIC = Symbol('IsPublic');

/** Opens a controller or one of its methods to callers without an API key. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(IS_PUBLIC, true);
