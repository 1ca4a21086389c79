namespace AlignedProbing.Cli.Tests.Demo;

/// <summary>The demo's files as they lie beside the command.</summary>
internal static class DemoFiles
{
    public static string Model { get; } = Path.Combine(AppContext.BaseDirectory, "Demo", "model");

    public static string Prompts { get; } = Path.Combine(AppContext.BaseDirectory, "Demo", "prompts.jsonl");
}
