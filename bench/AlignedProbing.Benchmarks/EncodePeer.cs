using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;

namespace AlignedProbing.Benchmarks;

/// <summary>Another program that does the work of <see cref="EncodeSession"/>, a round whenever asked: <c>bench/python/generate.py</c>.</summary>
internal sealed class EncodePeer : IDisposable
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string _folder = Directory.CreateTempSubdirectory("encode-peer-").FullName;
    private readonly Process _process;

    /// <summary>Starts it on a session's model and prompts.</summary>
    /// <param name="command">Program and arguments, divided at blanks.</param>
    /// <param name="model">Folder of the model.</param>
    /// <param name="session">What it is to do.</param>
    public EncodePeer(string command, string model, EncodeSession session)
    {
        var asked = Path.Combine(_folder, "asked.json");
        File.WriteAllText(asked, JsonSerializer.Serialize(
            new
            {
                Ids = session.Prompts.Select(prompt => session.Inputs.Renderer.Render(prompt).Ids),
                session.BatchSize,
                session.Samples,
                session.NewTokens,
                TopP = 0.9,
                End = session.Inputs.Generation.EndOfText,
                Threads = torch.get_num_threads(),
                Inputs = InputsPath,
            },
            Names));
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _process = Process.Start(
            new ProcessStartInfo(words[0], [.. words[1..], model, "--asked", asked]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        (Version, Bound) = Read<Greeting>() is { } greeting ? (greeting.Version, greeting.Bound) : default;
    }

    /// <summary>What it runs on.</summary>
    public string Version { get; }

    /// <summary>Tokens a second that its own matrix products allow.</summary>
    public double Bound { get; }

    private string InputsPath => Path.Combine(_folder, "inputs");

    /// <summary>Runs a round.</summary>
    public PeerRound Encode()
    {
        _process.StandardInput.WriteLine();
        return Read<PeerRound>() with { Inputs = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(InputsPath).AsSpan()).ToArray() };
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private T Read<T>()
    {
        var line = _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("The other program ended; its errors are above. Run from the repository's root.");
        return JsonSerializer.Deserialize<T>(line, Names)!;
    }

    private sealed record Greeting(string Version, double Bound);
}
