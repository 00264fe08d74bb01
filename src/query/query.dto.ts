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
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { QuestionDto } from '../retrieval/question.dto';

const MAX_TURNS = 50;
const MAX_HISTORY_CHARACTERS = 100_000;

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
    description:
      'Who asks. Documents with an ACL are read as `user:<user_id>` if the caller may act as that user.',
  })
  @IsString()
  @MaxLength(256)
  @Matches(/\S/, { message: 'user_id must not be empty' })
  user_id: string;

  @ApiProperty({
    required: false,
    type: [TurnDto],
    maxItems: MAX_TURNS,
    description:
      `The conversation before the question, oldest turn first: at most ${MAX_TURNS} turns and ` +
      `${MAX_HISTORY_CHARACTERS} characters in all. A follow-up is turned into a question of its own by it.`,
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TURNS, { message: `history must hold at most ${MAX_TURNS} turns: leave the oldest out` })
  @IsShortHistory()
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

function IsShortHistory(): PropertyDecorator {
  const charactersOf = (turns: unknown) =>
    Array.isArray(turns)
      ? turns.reduce((sum: number, turn: Partial<TurnDto> | null) => sum + (turn?.content?.length ?? 0), 0)
      : 0;
  return (target, property) =>
    registerDecorator({
      name: 'isShortHistory',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value) => charactersOf(value) <= MAX_HISTORY_CHARACTERS,
        defaultMessage: () =>
          `$property must hold at most ${MAX_HISTORY_CHARACTERS} characters in all: leave the oldest turns out`,
      },
    });
}
