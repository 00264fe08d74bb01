import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { PassageFilterDto } from './passage-filter.dto';

/** What every question says, whether it wants passages or an answer. */
export class QuestionDto {
  @ApiProperty({ example: 'How long do customers have to return an item?', maxLength: 8000 })
  @IsString()
  @MaxLength(8000)
  @Matches(/[^\s\p{C}]/u, { message: 'query must hold a question' })
  query: string;

  @ApiProperty({ required: false, default: 'default' })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  collection?: string;

  @ApiProperty({ required: false, minimum: 1, maximum: 100, description: 'How many passages are used.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  top_k?: number;

  @ApiProperty({ required: false })
  @IsOptional()
  @ValidateNested()
  @Type(() => PassageFilterDto)
  filters?: PassageFilterDto;
}
