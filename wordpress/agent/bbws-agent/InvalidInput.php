<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** An action was asked for something it cannot do; $field names the part of the body that is wrong, '' the whole of it. */
final class InvalidInput extends \InvalidArgumentException
{
    public function __construct(public readonly string $field)
    {
        parent::__construct("Invalid input: '$field'");
    }
}
