using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AlignedProbing.Studies;

/// <summary>YAML as nodes that know their lines. JSON is YAML too.</summary>
internal static class StudyYaml
{
    private const int Deepest = 32;

    /// <summary>The mapping that the file is; null, with a fault, where it is none.</summary>
    public static YamlMappingNode? Root(string text, StudyFileFaults faults)
    {
        try
        {
            ThrowIfTooDeep(text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            switch (stream.Documents)
            {
                case [{ RootNode: YamlMappingNode root }]:
                    return root;
                case []:
                    faults.Add(1, "the file is empty; give 'prompts' and 'models'");
                    return null;
                case [var only]:
                    faults.Add(only.RootNode.Start.Line, "a study is a mapping of keys to values, such as 'prompts: rtp.jsonl'");
                    return null;
                default:
                    faults.Add(stream.Documents[1].RootNode.Start.Line, "a second document begins here; a study is one");
                    return null;
            }
        }
        catch (YamlException error)
        {
            faults.Add(error.Start.Line, Said(error));
            return null;
        }
    }

    /// <summary>A scalar's text; null for YAML's null: nothing, <c>~</c> or <c>null</c> without quotes.</summary>
    public static string? TextOf(YamlScalarNode scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is null or "" or "~" or "null" or "Null" or "NULL" ? null : scalar.Value;

    // The tree is made by recursion: what is nested as deeply as no study is would end the process.
    private static void ThrowIfTooDeep(string text)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            depth += parser.Current!.NestingIncrease;
            if (depth > Deepest)
            {
                throw new YamlException(parser.Current.Start, parser.Current.End, $"values are nested more than {Deepest} deep");
            }
        }
    }

    private static string Said(YamlException error)
    {
        var message = error.Message;
        var from = message.IndexOf("): ", StringComparison.Ordinal);
        return (from > 0 ? message[(from + 3)..] : message).TrimEnd('.');
    }
}
