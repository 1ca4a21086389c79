using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using AlignedProbing.Tests.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace AlignedProbing.Cli.Tests.Docs;

/// <summary>A program of <c>samples/</c>, compiled as <c>dotnet run</c> would with warnings as errors, and run in this process.</summary>
internal static partial class SampleProgram
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; " +
        "global using System.Threading; global using System.Threading.Tasks;";

    private static readonly ConcurrentDictionary<string, (byte[] Program, IReadOnlyList<string> Faults)> Compiled = new(StringComparer.Ordinal);

    /// <summary>The samples' files.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [.. Directory.EnumerateFiles(Path.Combine(SharedData.RepositoryRoot, "samples"), "*.cs").Order(StringComparer.Ordinal)];

    /// <summary>A sample's text without the lines that name its projects.</summary>
    public static string Text(string name) =>
        Directive().Replace(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "samples", name)), "").TrimStart('\n');

    /// <summary>Compiles a sample, once.</summary>
    /// <returns>The program, and what the compiler has to say against it.</returns>
    public static (byte[] Program, IReadOnlyList<string> Faults) Compile(string name) => Compiled.GetOrAdd(name, Make);

    /// <summary>Runs a sample; nothing else may write to the console meanwhile.</summary>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string name, params string[] arguments)
    {
        var (program, faults) = Compile(name);
        Assert.Empty(faults);
        var (output, error) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var complained = new StringWriter();
        try
        {
            Console.SetOut(TextWriter.Synchronized(written));
            Console.SetError(TextWriter.Synchronized(complained));
            using var stream = new MemoryStream(program);
            // A context of its own: one program may run twice. What it does not have comes from the tests' own.
            var entry = new AssemblyLoadContext(name, isCollectible: true).LoadFromStream(stream).EntryPoint!;
            var code = entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [arguments], null) switch
            {
                Task<int> running => await running.ConfigureAwait(false),
                int done => done,
                _ => 0,
            };
            return (code, written.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    private static (byte[] Program, IReadOnlyList<string> Faults) Make(string name)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Sample." + Path.GetFileNameWithoutExtension(name),
            [CSharpSyntaxTree.ParseText(Text(name), options), CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            references,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication,
                nullableContextOptions: NullableContextOptions.Enable,
                generalDiagnosticOption: ReportDiagnostic.Error));
        using var program = new MemoryStream();
        var result = compilation.Emit(program, cancellationToken: TestContext.Current.CancellationToken);
        return (program.ToArray(), [.. result.Diagnostics.Where(fault => fault.Severity == DiagnosticSeverity.Error).Select(fault => fault.ToString())]);
    }

    [GeneratedRegex(@"^#:.*\n", RegexOptions.Multiline, 1000)]
    private static partial Regex Directive();
}
