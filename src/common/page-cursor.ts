import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { validationFailed } from './validation-failed';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Where a page of a list begins. */
export class CursorDto {
  @ApiProperty({ required: false, description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

/** Which page of a list. */
export class PageDto extends CursorDto {
  @ApiProperty({ required: false, minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;
}

/** A cursor that says where a page ended; opaque to callers. */
export function encodeCursor(position: string | number): string {
  return Buffer.from(String(position)).toString('base64url');
}

/**
 * What a cursor says; undefined for none.
 * @param valid whether it can be a position in this list
 * @throws AppError `VALIDATION_FAILED` naming the field
 */
export function decodeCursor(
  cursor: string | undefined,
  valid: (position: string) => boolean,
): string | undefined {
  if (cursor === undefined) return undefined;
  const position = Buffer.from(cursor, 'base64url').toString();
  if (!valid(position))
    throw validationFailed([{ field: 'cursor', problem: 'must be the next_cursor of an earlier answer' }]);
  return position;
}

/** A position that is a number, as ordinals and lines are; undefined for none. @throws as {@link decodeCursor} */
export function decodeNumberCursor(cursor: string | undefined): number | undefined {
  const position = decodeCursor(cursor, (text) => /^\d{1,9}$/.test(text));
  return position === undefined ? undefined : Number(position);
}

/** A page and the cursor of the next, from a list read with one row more than the page has. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => string | number,
): { rows: T[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  return { rows: page, nextCursor: rows.length > limit ? encodeCursor(positionOf(page[limit - 1])) : null };
}
