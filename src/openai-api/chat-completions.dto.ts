import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';

class ChatMessageDto {
  @ApiProperty({ enum: ['system', 'developer', 'user', 'assistant'] })
  @IsIn(['system', 'developer', 'user', 'assistant'])
  role: 'system' | 'developer' | 'user' | 'assistant';

  @ApiProperty()
  @IsString()
  @MaxLength(20_000)
  content: string;
}

/**
 * Body of `POST /v1/chat/completions`, as OpenAI defines it. Parameters of sampling are accepted and have no
 * effect: the service's configuration decides how answers are written.
 */
export class ChatCompletionsDto {
  @ApiProperty({ description: 'The collection that is asked.', example: 'default' })
  @IsString()
  @MaxLength(128)
  model: string;

  @ApiProperty({ type: [ChatMessageDto], description: 'The last one must be the question of the user.' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => ChatMessageDto)
  messages: ChatMessageDto[];

  @ApiProperty({ required: false })
  @IsOptional()
  @IsBoolean()
  stream?: boolean;

  @ApiProperty({ required: false, description: 'Who asks; documents with an ACL are read as `user:<user>`.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user?: string;

  @Allow() temperature?: unknown;
  @Allow() top_p?: unknown;
  @Allow() n?: unknown;
  @Allow() stop?: unknown;
  @Allow() seed?: unknown;
  @Allow() max_tokens?: unknown;
  @Allow() max_completion_tokens?: unknown;
  @Allow() presence_penalty?: unknown;
  @Allow() frequency_penalty?: unknown;
  @Allow() stream_options?: unknown;
  @Allow() metadata?: unknown;
  @Allow() store?: unknown;
}
