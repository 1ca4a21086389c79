using System.CommandLine;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli.Verbs;

/// <summary>A verb of the command line, made from the declarations of the options that it uses.</summary>
internal sealed class VerbCommand : Command
{
    private readonly Host _host;
    private readonly Argument? _argument;
    private readonly Dictionary<string, (Option Option, Option? Negation)> _options = new(StringComparer.Ordinal);

    /// <summary>Makes a verb.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="argument">What may stand without an option; null for nothing.</param>
    /// <param name="uses">What it does, those that an option asks for first.</param>
    public VerbCommand(Host host, string name, string description, Argument? argument, params VerbUse[] uses)
        : base(name, description)
    {
        (_host, _argument, Uses) = (host, argument, uses);
        if (argument is not null)
        {
            Arguments.Add(argument);
        }

        Settings = [.. uses.SelectMany(use => use.Settings).Append(MachineSettings.Config).GroupBy(setting => setting.Name).Select(Together)];
        foreach (var setting in Settings)
        {
            var option = OptionOf(setting);
            var negation = setting.IsFlag ? new Option<bool>(setting.Negation) { Hidden = true, Arity = ArgumentArity.Zero } : null;
            _options[setting.Name] = (option, negation);
            Options.Add(option);
            if (negation is not null)
            {
                Options.Add(negation);
            }
        }

        SetAction((parsed, cancellationToken) => Bind(parsed)(cancellationToken));
    }

    /// <summary>The argument of verbs that work on a run folder.</summary>
    public static Argument RunArgument => new Argument<string?>("run") { Description = "The run folder.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>What it does.</summary>
    public IReadOnlyList<VerbUse> Uses { get; }

    /// <summary>Its options; one that two uses read differently stands here once, with both explanations.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>Reads the options, chooses the use, and binds it; what it returns does the work.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>: values cannot be used, or an option has no use here; every fault is named.</exception>
    public Func<CancellationToken, Task<int>> Bind(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        var texts = _options.ToDictionary(pair => pair.Key, pair => TextsOf(parsed, pair.Key), StringComparer.Ordinal);
        var use = Uses.FirstOrDefault(use => use.When is { } when && texts[when.Name] is not null) ?? Uses.First(use => use.When is null);
        var faults = new SettingFaults();
        var known = use.Settings.ToDictionary(setting => setting.Name, StringComparer.Ordinal);
        foreach (var (name, _) in texts.Where(pair => pair.Value is not null && pair.Key != MachineSettings.Config.Name && !known.ContainsKey(pair.Key)))
        {
            var others = Uses.Where(other => other.Settings.Any(setting => setting.Name == name)).Select(other => $"'{other.Title}'");
            faults.Add($"{name}: '{use.Title}' does not use it; {string.Join(" and ", others)} does");
        }

        faults.ThrowIfAny();
        var given = GivenSettings.Parse(
            texts.Where(pair => pair.Value is not null && known.ContainsKey(pair.Key)).Select(pair => (known[pair.Key], (IReadOnlyList<string>)pair.Value!)));
        string[] arguments = _argument is not null && parsed.GetResult(_argument) is { } result ? [.. result.Tokens.Select(token => token.Value)] : [];
        Func<CancellationToken, Task<int>> work;
        try
        {
            work = use.Bind(new VerbInput(given, arguments, _host));
        }
        catch (InputException) when (given.Faults.Any)
        {
            given.Faults.ThrowIfAny();
            throw;
        }

        given.Faults.ThrowIfAny();
        return work;
    }

    // One name, two declarations: what stands in help is both.
    private static Setting Together(IGrouping<string, Setting> declarations)
    {
        var different = declarations.DistinctBy(setting => setting.Help).ToArray();
        return different.Length == 1 ? different[0] : different[0] with { Help = string.Join(" ", different.Select(setting => setting.Help)) };
    }

    private static Option OptionOf(Setting setting) => setting.Arity switch
    {
        ValueArity.Flag => new Option<bool>(setting.Name) { Description = setting.Help },
        ValueArity.One => new Option<string>(setting.Name) { Description = setting.Help, HelpName = setting.Shape, Required = setting.Required },
        _ => new Option<string[]>(setting.Name)
        {
            Description = setting.Help,
            HelpName = setting.Shape,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        },
    };

    private string[]? TextsOf(ParseResult parsed, string name)
    {
        var (option, negation) = _options[name];
        var isOff = negation is not null && parsed.GetResult(negation) is { Implicit: false };
        return parsed.GetResult(option) is not { Implicit: false } result ? isOff ? ["false"] : null
            : isOff ? throw new InputException("wrong-usage", $"{name} and {negation!.Name}", "one turns on what the other turns off", "Give one of them")
            : [.. result.Tokens.Select(token => token.Value)];
    }
}
