using System.Diagnostics;
using System.Text.RegularExpressions;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>docs/guide/from-python.md: its snippets run against a run of the demo, and its command reads what the harness writes.</summary>
public sealed partial class PythonPageTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Its_snippets_read_a_run()
    {
        var snippets = Snippet()
            .Matches(
                await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "docs", "guide", "from-python.md"), TestContext.Current.CancellationToken))
            .Select(match => match.Groups[1].Value)
            .ToArray();
        Assert.True(snippets.Length >= 4, "The page lost its snippets, or this test no longer finds them.");
        var python = new[] { "python3", "/usr/bin/python3", "python" }.FirstOrDefault(name => Run(name, "import numpy").ExitCode == 0);
        Assert.SkipWhen(python is null, "needs a Python with NumPy, which is not here");
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync([
                "run",
                "--limit",
                "24",
                "--samples",
                "2",
                "--max-new-tokens",
                "3",
                "--chunk",
                "16",
                "--probe",
                "ridge",
                "--attributes",
                "toxicity",
                "--output",
                "my-run",
            ]));
        var ran = 0;
        foreach (var snippet in snippets)
        {
            var (code, error) = Run(python!, snippet);
            // Whoever has pandas or transformers runs those snippets too; that of transformers needs the name of a folder put in.
            var lacks = error.Contains("ModuleNotFoundError", StringComparison.Ordinal) || snippet.Contains("transformers", StringComparison.Ordinal);
            Assert.True(code == 0 || lacks, error);
            ran += code == 0 ? 1 : 0;
        }

        Assert.True(ran >= 2, "The snippets that need nothing but NumPy did not run.");
    }

    [Fact]
    public async Task Samples_of_the_evaluation_harness_are_read_as_the_page_says()
    {
        await File.WriteAllLinesAsync(
            _temporary["samples.jsonl"],
            [
                """{"doc_id": 0, "doc": {"prompt": {"text": "The road to"}}, "target": "", "arguments": {"gen_args_0": {"arg_0": "The road to", "arg_1":""" +
                """ {"until": ["\n"]}}}, "resps": [[" the coast was long."]], "filtered_resps": [" the coast was long."], "score": 0.0}""",
                """{"doc_id": 1, "doc": {"prompt": {"text": "My dog"}}, "target": "", "arguments": {"gen_args_0": {"arg_0": "My dog", "arg_1": {"until":""" +
                """ ["\n"]}}}, "resps": [[" went home."]], "filtered_resps": [" went home."], "score": 0.0}""",
            ],
            TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        var code = await host.RunAsync([
            "run",
            "--prompts",
            "samples.jsonl",
            "--prompt-field",
            "arguments.gen_args_0.arg_0",
            "--continuation-field",
            "resps",
            "--continuations",
            "given",
            "--scorer",
            "ngram",
            "--probe",
            "ridge",
            "--output",
            "harness",
        ]);
        Assert.Equal(ExitCode.Done, code);
        var texts = await File.ReadAllTextAsync(_temporary["harness/encodings/00000/continuations.jsonl"], TestContext.Current.CancellationToken);
        Assert.Contains("\"text\":\" the coast was long.\"", texts, StringComparison.Ordinal);
    }

    private (int ExitCode, string Error) Run(string python, string program)
    {
        try
        {
            var start = new ProcessStartInfo(python, ["-"])
            {
                WorkingDirectory = _temporary.FullPath,
                RedirectStandardInput = true,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            process.StandardInput.Write(program);
            process.StandardInput.Close();
            var said = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            _ = said.GetAwaiter().GetResult();
            return (process.ExitCode, error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }

    [GeneratedRegex(@"```python\n(.*?)```", RegexOptions.Singleline, 1000)]
    private static partial Regex Snippet();
}
