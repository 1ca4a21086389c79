using System.Globalization;
using AlignedProbing.Settings;
using YamlDotNet.RepresentationModel;

namespace AlignedProbing.Studies;

/// <summary>Reads the nodes of a study file into runs, and notes everything that cannot be used with its line.</summary>
internal sealed class StudyReader(StudyFileFaults faults)
{
    /// <summary>Keys of the file that are no options.</summary>
    public static IReadOnlyList<string> TopKeys { get; } = ["name", "models"];

    /// <summary>Keys of a member that are no options.</summary>
    public static IReadOnlyList<string> MemberKeys { get; } = ["name", "run", "family", "kind", "base", "step"];

    private static readonly Dictionary<string, Setting> Runs = StudySettings.OfRuns.ToDictionary(setting => setting.Name, StringComparer.Ordinal);

    private static readonly Dictionary<string, Setting> Whole = StudySettings.OfWhole.ToDictionary(setting => setting.Name, StringComparer.Ordinal);

    /// <summary>Reads the file.</summary>
    /// <param name="root">Its mapping; null where it is none, which is noted.</param>
    public (string? Name, IReadOnlyList<StudyFileRun> Runs) Read(YamlMappingNode? root)
    {
        if (root is null)
        {
            return (null, []);
        }

        var (whole, common) = (new List<(Setting, IReadOnlyList<string>)>(), new List<StudyChoice>());
        (string? name, YamlNode? models) = (null, null);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value, line) in Entries(root))
        {
            var option = SettingCatalog.Spell("--" + key);
            if (!seen.Add(TopKeys.Contains(key) ? key : option))
            {
                faults.Add(line, $"'{key}' is there twice");
            }
            else if (key == "name")
            {
                name = NameOf(value);
            }
            else if (key == "models")
            {
                models = value;
            }
            else if (Whole.TryGetValue(option, out var setting))
            {
                if (Choices(setting, key, value) is [.., var choice])
                {
                    whole.Add((setting, choice));
                }
            }
            else if (Runs.TryGetValue(option, out setting) && option != ModelSettings.Model.Name)
            {
                common.Add(new StudyChoice(setting, Choices(setting, key, value), line));
            }
            else
            {
                Unknown(key, line, "a study", [.. TopKeys, .. StudySettings.OfWhole.Concat(StudySettings.OfRuns.Skip(1)).Select(KeyOf)]);
            }
        }

        if (models is not YamlSequenceNode { Children.Count: > 0 } members)
        {
            faults.Add((models ?? root).Start.Line, "'models' is missing or no list: give at least one, such as '- { model: org/name, family: name }'");
            return (name, []);
        }

        var expansion = new StudyExpansion(faults, whole, common);
        foreach (var member in members.Children)
        {
            if (MemberOf(member) is { } read)
            {
                expansion.Add(read);
            }
        }

        return (name, expansion.Named());
    }

    /// <summary>An option's key in a study file.</summary>
    public static string KeyOf(Setting setting) => setting.Name[2..].Replace('-', '_');

    private StudyFileMember? MemberOf(YamlNode node)
    {
        if (node is YamlScalarNode scalar && StudyYaml.TextOf(scalar) is { } only)
        {
            return new StudyFileMember((int)node.Start.Line, [new StudyChoice(ModelSettings.Model, [[only]], node.Start.Line)]);
        }

        if (node is not YamlMappingNode mapping)
        {
            faults.Add(node.Start.Line, "a member of 'models' is a mapping, such as '{ model: org/name, family: name }', or a model's name");
            return null;
        }

        var member = new StudyFileMember((int)node.Start.Line, []);
        var (choices, seen) = (new List<StudyChoice>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (key, value, line) in Entries(mapping))
        {
            var option = SettingCatalog.Spell("--" + key);
            if (!seen.Add(MemberKeys.Contains(key) ? key : option))
            {
                faults.Add(line, $"'{key}' is there twice");
                continue;
            }

            switch (key)
            {
                case "name":
                    member = member with { Name = NameOf(value) };
                    break;
                case "run":
                    member = member with { Run = TextOf(key, value) };
                    break;
                case "family":
                    member = member with { Family = TextOf(key, value) };
                    break;
                case "kind":
                    member = member with { Kind = TextOf(key, value) };
                    break;
                case "base":
                    member = member with { Base = TextOf(key, value) };
                    break;
                case "step":
                    member = member with { Step = StepOf(value) };
                    break;
                case var _ when Runs.TryGetValue(option, out var setting):
                    choices.Add(new StudyChoice(setting, Choices(setting, key, value), line));
                    break;
                case var _ when Whole.ContainsKey(option):
                    faults.Add(line, $"'{key}' is the same for the whole study: write it at the top, beside 'models'");
                    break;
                default:
                    Unknown(key, line, "a model", [.. MemberKeys, .. StudySettings.OfRuns.Select(KeyOf)]);
                    break;
            }
        }

        if (member.Run is not null && choices.Count > 0)
        {
            faults.Add(choices[0].Line, $"'{KeyOf(choices[0].Setting)}' beside 'run': a finished run has its own; leave one of the two out");
        }

        return member with { Choices = choices };
    }

    private IEnumerable<(string Key, YamlNode Value, long Line)> Entries(YamlMappingNode mapping)
    {
        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: { Length: > 0 } name })
            {
                yield return (name, value, key.Start.Line);
            }
            else
            {
                faults.Add(key.Start.Line, "a key is a word");
            }
        }
    }

    // Each choice is the texts of one value. Of an option that takes one value a list is a choice each; of one that takes several, one choice's values.
    private IReadOnlyList<IReadOnlyList<string>> Choices(Setting setting, string key, YamlNode value)
    {
        var texts = new List<(string? Text, long Line)>();
        foreach (var node in value is YamlSequenceNode list ? list.Children : [value])
        {
            if (node is not YamlScalarNode scalar)
            {
                faults.Add(node.Start.Line, $"'{key}' takes texts, numbers, true, false, or lists of them");
                return [];
            }

            // A choice that is null, or 'none' where that is what leaving out means, is the option left out.
            var text = StudyYaml.TextOf(scalar);
            texts.Add((text == setting.LeftOut && text == "none" ? null : text, node.Start.Line));
        }

        if (value is YamlSequenceNode && texts.Count == 0)
        {
            faults.Add(value.Start.Line, $"'{key}' is an empty list");
            return [];
        }

        var several = setting.Arity == ValueArity.Several;
        if (!several && texts.Count > 1 && (setting.Scope == SettingScope.Machine || Whole.ContainsKey(setting.Name)))
        {
            faults.Add(value.Start.Line, $"'{key}' takes one value here, and {texts.Count} are given");
            return [];
        }

        IReadOnlyList<IReadOnlyList<string>> choices = several
            ? [[.. texts.Select(text => text.Text).OfType<string>()]]
            : [.. texts.Select(text => text.Text is null ? (IReadOnlyList<string>)[] : [text.Text])];
        foreach (var (choice, line) in choices.Zip(texts.Select(text => text.Line)))
        {
            try
            {
                _ = choice.Count == 0 ? null : setting.Parse(choice);
            }
            catch (FormatException error)
            {
                faults.Add(line, $"{key}: {string.Join(' ', choice)}: {error.Message}");
            }
        }

        return choices;
    }

    private string? TextOf(string key, YamlNode value)
    {
        if (value is YamlScalarNode scalar && StudyYaml.TextOf(scalar) is { } text)
        {
            return text;
        }

        faults.Add(value.Start.Line, $"'{key}' takes one text");
        return null;
    }

    // A name is a folder's: nothing in it may lead elsewhere.
    private string? NameOf(YamlNode value)
    {
        var name = TextOf("name", value);
        if (name is not null && StudyNames.Clean(name) != name)
        {
            faults.Add(value.Start.Line, $"name: {name}: a name holds letters, digits, '.', '_' and '-', begins with none of '.' and '-', and has 100 at most");
        }

        return name;
    }

    private long? StepOf(YamlNode value)
    {
        if (value is YamlScalarNode { Value: { } text } && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            return step;
        }

        faults.Add(value.Start.Line, "step: give a whole number from 0: the step of training that the model is a checkpoint of");
        return null;
    }

    private void Unknown(string key, long line, string where, IReadOnlyList<string> known)
    {
        var nearest = Nearest.To(key.Replace('-', '_'), known);
        faults.Add(line, $"'{key}' is no key of {where}" + (nearest is null ? $"; there are {string.Join(", ", known)}" : $"; did you mean '{nearest}'?"));
    }
}
