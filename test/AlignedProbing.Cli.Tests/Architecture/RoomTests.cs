using System.Reflection;
using System.Text.RegularExpressions;
using AlignedProbing.Tests.Shared;
using NetArchTest.Rules;

namespace AlignedProbing.Cli.Tests.Architecture;

/// <summary>Which room may use which: the table of docs/architecture.md, read from the page, so that page and code cannot part.</summary>
public partial class RoomTests
{
    private static readonly Assembly[] Assemblies = [typeof(InputException).Assembly, Assembly.Load("AlignedProbing.Torch")];

    private static readonly Dictionary<string, string[]> MayUse = ReadTable();

    public static TheoryData<string> Rooms => [.. MayUse.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_the_rooms_the_table_grants(string room)
    {
        var forbidden = MayUse.Keys.Where(other => other != room && !MayUse[room].Contains(other)).ToArray();
        Assert.Empty(Uses(room, forbidden));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_every_room_the_table_grants(string room) => Assert.DoesNotContain(MayUse[room], granted => Uses(room, [granted]).Length == 0);

    [Fact]
    public void Every_type_lives_in_a_room_of_the_table()
    {
        var homeless = Assemblies
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Namespace is { } space && space.StartsWith("AlignedProbing", StringComparison.Ordinal))
            .Where(type => !MayUse.Keys.Any(room => IsIn(type, room)))
            .Where(type =>
                type != typeof(InputException) && type != typeof(EditDistance) && type != typeof(ForeignJson) && type != typeof(JsonTextException))
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

    // A row is | `Room` | what it does | Other, Other |: full namespaces are made of the names in it.
    private static Dictionary<string, string[]> ReadTable()
    {
        var rows = File.ReadLines(Path.Combine(SharedData.RepositoryRoot, "docs", "architecture.md"))
            .SkipWhile(line => line != "## Rooms")
            .Select(line => RoomRow().Match(line))
            .Where(row => row.Success && row.Groups["room"].Value != "Cli")
            .ToDictionary(row => row.Groups["room"].Value, row => row.Groups["uses"].Value);
        return rows.ToDictionary(row => Namespace(row.Key), row => row.Value == "nobody" ? [] : row.Value.Split(", ").Select(Namespace).ToArray());

        static string Namespace(string room) => $"AlignedProbing.{room.Replace('/', '.')}";
    }

    [GeneratedRegex(@"^\| `(?<room>[A-Z][A-Za-z/]+)` \| [^|]+ \| (?<uses>[A-Za-z/, ]+?) \|$")]
    private static partial Regex RoomRow();

    // Names without a dot at their end: after one, NetArchTest looks for a namespace without a name and finds nothing.
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
