<?php

declare(strict_types=1);

namespace BBWS\Agent;

/** An ordinary plugin that is installed: its WordPress.org slug, its main file, and what that file says of itself. */
final readonly class Plugin
{
    public function __construct(public string $id, public string $file, public string $name, public string $version)
    {
    }

    /** The slug of a main file: its folder, or the name of a plugin that is a single file. */
    public static function idOf(string $file): string
    {
        // The one single file that WordPress brings along is known to the directory by another name.
        return match (true) {
            $file === 'hello.php' => 'hello-dolly',
            str_contains($file, '/') => strtok($file, '/'),
            default => basename($file, '.php'),
        };
    }

    /** Whether the site loads it. */
    public function isActive(): bool
    {
        return in_array($this->file, get_option('active_plugins', []), true);
    }
}
