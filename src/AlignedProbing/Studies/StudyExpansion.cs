using AlignedProbing.Settings;

namespace AlignedProbing.Studies;

/// <summary>Makes a run of each combination of a member's values, the last list varying fastest, and gives every run a name.</summary>
internal sealed class StudyExpansion(
    StudyFileFaults faults,
    IReadOnlyList<(Setting Setting, IReadOnlyList<string> Texts)> whole,
    IReadOnlyList<StudyChoice> common)
{
    private readonly List<StudyFileRun> _runs = [];
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private bool _tooMany;

    /// <summary>Adds a member's runs.</summary>
    public void Add(StudyFileMember member)
    {
        if (member.Run is { } folder)
        {
            var name = StudyNames.Of(member.Name ?? folder.Replace('\\', '/').TrimEnd('/').Split('/')[^1], []);
            AddOnce("run " + folder, new StudyFileRun
            {
                Name = name, Line = member.Line, Run = folder, Family = member.Family, Kind = member.Kind, Base = member.Base, Step = member.Step,
            });
            return;
        }

        var own = member.Choices.Select(choice => choice.Setting.Name).ToHashSet(StringComparer.Ordinal);
        StudyChoice[] choices =
        [
            .. member.Choices.Where(choice => choice.Setting.Name == ModelSettings.Model.Name),
            .. member.Choices.Where(choice => choice.Setting.Name != ModelSettings.Model.Name),
            .. common.Where(choice => !own.Contains(choice.Setting.Name)),
        ];
        var count = choices.Aggregate(1L, (product, choice) => Math.Min(int.MaxValue, product * choice.Choices.Count));
        if (_runs.Count + count > StudyFile.MostRuns)
        {
            if (!_tooMany)
            {
                faults.Add(member.Line, $"the lists up to here make {_runs.Count + count} runs, and a study has {StudyFile.MostRuns} at most");
            }

            _tooMany = true;
            return;
        }

        for (var number = 0L; number < count; number++)
        {
            Add(member, choices, number);
        }
    }

    /// <summary>The runs; those of the same name are told apart by a number.</summary>
    public IReadOnlyList<StudyFileRun> Named()
    {
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. _runs.Select(run =>
        {
            var name = run.Name;
            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{run.Name}-{number}";
            }

            return run with { Name = name };
        })];
    }

    private void Add(StudyFileMember member, StudyChoice[] choices, long number)
    {
        var texts = new IReadOnlyList<string>[choices.Length];
        for (var place = choices.Length - 1; place >= 0; place--)
        {
            (number, var chosen) = Math.DivRem(number, choices[place].Choices.Count);
            texts[place] = choices[place].Choices[(int)chosen];
        }

        (Setting Setting, IReadOnlyList<string> Texts)[] given =
            [.. choices.Select((choice, i) => (choice.Setting, texts[i])).Where(pair => pair.Item2.Count > 0)];
        var differing = new SortedDictionary<string, string>(
            given.Where(pair => pair.Setting.Scope != SettingScope.Machine && !IsDefault(pair.Setting, pair.Texts))
                .ToDictionary(pair => pair.Setting.Name[2..], pair => string.Join(' ', pair.Texts)),
            StringComparer.Ordinal);

        // What the whole study has in common is no part of a name.
        bool Tells(StudyChoice choice) => choice.Choices.Count > 1 || member.Choices.Contains(choice);
        (Setting, IReadOnlyList<string>)[] telling =
        [
            .. choices.Where(Tells)
                .Select(choice => choice.Setting)
                .Select(setting => given.FirstOrDefault(pair => pair.Setting == setting))
                .Where(pair => pair.Setting is not null && pair.Setting.Scope != SettingScope.Machine)
                .Where(pair => pair.Setting.Name == ModelSettings.Model.Name || !IsDefault(pair.Setting, pair.Texts)),
        ];
        var model = given.FirstOrDefault(pair => pair.Setting.Name == ModelSettings.Model.Name).Texts is [.., var path] ? path : null;
        AddOnce(
            string.Join('\n', differing.Select(pair => $"{pair.Key}={pair.Value}")),
            new StudyFileRun
            {
                Name = StudyNames.Of(member.Name, telling),
                Line = member.Line,
                Model = model,
                Family = member.Family,
                Kind = member.Kind,
                Base = member.Base,
                Step = member.Step ?? StudyNames.StepOf(differing.GetValueOrDefault("revision")) ?? StudyNames.StepOf(model),
                Given = [.. whole, .. given],
                Differing = differing,
            });
    }

    private void AddOnce(string identity, StudyFileRun run)
    {
        if (_lines.TryGetValue(identity, out var line))
        {
            faults.Add(run.Line, $"'{run.Name}' is the same run as one of line {line}: leave one of them out");
            return;
        }

        _lines[identity] = run.Line;
        _runs.Add(run);
    }

    private static bool IsDefault(Setting setting, IReadOnlyList<string> texts)
    {
        try
        {
            return setting.Default.Length > 0 && Equals(setting.Parse(texts), setting.Parse([setting.Default]));
        }
        catch (FormatException)
        {
            // Told already.
            return false;
        }
    }
}
