import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { QuestionDto } from '../retrieval/question.dto';

/** One earlier turn of the conversation. */
export class TurnDto {
  @ApiProperty({ enum: ['user', 'assistant'] })
  @IsIn(['user', 'assistant'])
  role: 'user' | 'assistant';

  @ApiProperty()
  @IsString()
  @MaxLength(20_000)
  content: string;
}

export const CACHE_MODES = ['use', 'bypass', 'refresh'] as const;

/** How a request uses the semantic cache: as usual, not at all, or only to fill it. */
export type CacheMode = (typeof CACHE_MODES)[number];

/** Body of `POST /query`. */
export class QueryDto extends QuestionDto {
  @ApiProperty({
    example: 'alice',
    description: 'Who asks; documents with an ACL are read as `user:<user_id>`.',
  })
  @IsString()
  @MaxLength(256)
  @Matches(/\S/, { message: 'user_id must not be empty' })
  user_id: string;

  @ApiProperty({ required: false, type: [TurnDto] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => TurnDto)
  history?: TurnDto[];

  @ApiProperty({ required: false, default: false, description: 'Answer as server-sent events.' })
  @IsOptional()
  @IsBoolean()
  stream?: boolean;

  @ApiProperty({
    required: false,
    enum: CACHE_MODES,
    default: 'use',
    description: '`bypass` neither reads nor writes the semantic cache, `refresh` only writes.',
  })
  @IsOptional()
  @IsIn(CACHE_MODES)
  cache?: CacheMode;
}
