<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** Remembers which nonces were used, so that a call that was overheard cannot be sent again. */
interface Nonces
{
    /**
     * Use a nonce up; false when it was used before. It is remembered until $until (in Unix seconds).
     *
     * @throws \RuntimeException when it cannot be stored
     */
    public function spend(string $nonce, int $until): bool;
}
