<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Something the platform may ask of a site. It runs once WordPress has loaded, without ordinary plugins and theme. */
interface Action
{
    /**
     * Do it and say what came of it.
     *
     * @return array<string, mixed> the answer's fields
     * @throws InvalidInput
     */
    public function perform(Input $input): array;
}
