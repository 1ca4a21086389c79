using System.Reflection;
using NetArchTest.Rules;

namespace AlignedProbing.Cli.Tests.Architecture;

/// <summary>Which room may use which: the table of docs/architecture.md, section 3.</summary>
public class RoomTests
{
    private const string Core = "AlignedProbing.";
    private const string Torch = "AlignedProbing.Torch.";

    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        [Core + "Tokenizers"] = [],
        [Core + "ChatTemplates"] = [],
        [Core + "Statistics"] = [],
        [Core + "Runs"] = [Core + "Statistics"],
        [Core + "Services"] = [],
        [Core + "Hub"] = [Core + "Runs", Core + "Services"],
        [Core + "Prompts"] = [Core + "Runs", Core + "Tokenizers", Core + "ChatTemplates"],
        [Core + "Scoring"] = [Core + "Runs", Core + "Hub", Core + "Services"],
        [Core + "Probing"] = [Core + "Runs", Core + "Statistics"],
        [Core + "Analysis"] = [Core + "Runs", Core + "Statistics"],
        [Core + "Reports"] = [Core + "Runs"],
        [Torch + "Native"] = [],
        [Torch + "Checkpoints"] = [Torch + "Native"],
        [Torch + "Precision"] = [Torch + "Native"],
        [Torch + "Models"] = [Core + "Runs", Torch + "Native", Torch + "Checkpoints", Torch + "Precision"],
        [Torch + "Interventions"] = [Torch + "Native", Torch + "Models"],
        [Torch + "Comparison"] = [Torch + "Native", Torch + "Checkpoints", Torch + "Precision", Torch + "Models"],
        [Torch + "Encoding"] =
        [
            Core + "Runs",
            Core + "Prompts",
            Core + "Tokenizers",
            Torch + "Native",
            Torch + "Checkpoints",
            Torch + "Models",
            Torch + "Interventions",
        ],
        [Torch + "Scorers"] =
        [
            Core + "Runs",
            Core + "Hub",
            Core + "Prompts",
            Core + "Tokenizers",
            Core + "Scoring",
            Torch + "Native",
            Torch + "Checkpoints",
            Torch + "Precision",
            Torch + "Models",
            Torch + "Encoding",
        ],
    };

    private static readonly Assembly[] Assemblies = [typeof(InputException).Assembly, Assembly.Load("AlignedProbing.Torch")];

    public static TheoryData<string> Rooms => [.. MayUse.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_the_table_marks(string room)
    {
        var forbidden = MayUse.Keys.Where(other => other != room && !MayUse[room].Contains(other)).ToArray();
        Assert.Empty(Uses(room, forbidden));
    }

    // The rule above is also met by a query that finds nothing: these uses are there and must be found.
    [Theory]
    [InlineData(Core + "Analysis", Core + "Statistics")]
    [InlineData(Core + "Scoring", Core + "Runs")]
    [InlineData(Core + "Reports", Core + "Runs")]
    [InlineData(Torch + "Models", Torch + "Native")]
    [InlineData(Torch + "Encoding", Core + "Runs")]
    [InlineData(Torch + "Encoding", Torch + "Models")]
    public void Uses_that_are_there_are_found(string room, string used) => Assert.NotEmpty(Uses(room, [used]));

    [Fact]
    public void Every_type_lives_in_a_room_of_the_table()
    {
        var homeless = Assemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Namespace is { } space && space.StartsWith("AlignedProbing", StringComparison.Ordinal))
            .Where(type => !MayUse.Keys.Any(room => IsIn(type, room)))
            .Where(type => type != typeof(InputException) && type != typeof(EditDistance))
            .Select(type => type.FullName);
        Assert.Empty(homeless);
    }

    [Fact]
    public void The_first_assembly_needs_no_tensor_library()
    {
        var references = Assemblies[0].GetReferencedAssemblies().Select(reference => reference.Name!);
        Assert.DoesNotContain(references, name =>
            name.Contains("Torch", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Spectre", StringComparison.Ordinal));
    }

    // Names without a dot at their end: behind one, NetArchTest looks for a namespace without a name and finds nothing.
    // The room is asked of reflection: NetArchTest takes a nested type to be in no namespace.
    private static string[] Uses(string room, string[] others) =>
    [
        .. Types.InAssemblies(Assemblies).That().HaveDependencyOnAny(others)
            .GetTypes()
            .Where(type => IsIn(type, room))
            .Select(type => type.FullName!),
    ];

    private static bool IsIn(Type type, string room) => type.Namespace == room || type.Namespace?.StartsWith(room + ".", StringComparison.Ordinal) == true;
}
