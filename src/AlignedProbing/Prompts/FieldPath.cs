using System.Globalization;
using System.Text.Json;

namespace AlignedProbing.Prompts;

/// <summary>
/// Finds the field of a JSON object that a user names: nested by dots, a number an index into a list, any other name read in every element of a list.
/// </summary>
internal static class FieldPath
{
    private const int NamesListed = 20;
    private const int DepthListed = 4;

    /// <summary>Adds what the path leads to.</summary>
    /// <returns>False where the path, or that of one element of a list on its way, leads nowhere.</returns>
    public static bool TryFind(JsonElement element, ReadOnlySpan<char> path, List<JsonElement> found)
    {
        if (path.IsEmpty)
        {
            found.Add(element);
            return true;
        }

        if (element.ValueKind == JsonValueKind.Array)
        {
            return TryFindInList(element, path, found);
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        // The longest name first: a name may hold dots itself.
        for (var end = path.Length; end > 0; end = path[..end].LastIndexOf('.'))
        {
            if (element.TryGetProperty(path[..end], out var value))
            {
                return TryFind(value, path[Math.Min(end + 1, path.Length)..], found);
            }
        }

        return false;
    }

    /// <summary>The names by which the fields of an object can be asked for, for messages.</summary>
    public static string ListFields(JsonElement root)
    {
        var names = new List<string>();
        List(root, "", names, DepthListed);
        return ListNames(names);
    }

    /// <summary>The first names of a list, for messages.</summary>
    public static string ListNames(IReadOnlyCollection<string> names) =>
        names.Count == 0
            ? "none"
            : string.Join(", ", names.Take(NamesListed).Select(name => name.Length <= 60 ? name : name[..60] + "…")) + (names.Count > NamesListed ? ", …" : "");

    private static bool TryFindInList(JsonElement list, ReadOnlySpan<char> path, List<JsonElement> found)
    {
        var dot = path.IndexOf('.');
        if (int.TryParse(dot < 0 ? path : path[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return index < list.GetArrayLength() && TryFind(list[index], dot < 0 ? [] : path[(dot + 1)..], found);
        }

        foreach (var element in list.EnumerateArray())
        {
            if (!TryFind(element, path, found))
            {
                return false;
            }
        }

        return true;
    }

    private static void List(JsonElement element, string name, List<string> names, int depth)
    {
        if (names.Count > NamesListed)
        {
            return;
        }

        if (depth > 0 && element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                List(property.Value, name.Length == 0 ? property.Name : $"{name}.{property.Name}", names, depth - 1);
            }
        }
        else if (depth > 0 && element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Object)
        {
            List(element[0], name, names, depth);
        }
        else
        {
            names.Add(name);
        }
    }
}
