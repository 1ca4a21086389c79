using System.Text.Json;
using AlignedProbing.Tokenizers.Files;

namespace AlignedProbing.Tokenizers.PostProcessors;

/// <summary>The post-processor that a part of a tokenizer file names.</summary>
internal static class PostProcessorCatalog
{
    /// <exception cref="TokenizerException">It is not known, or its settings are wrong.</exception>
    public static PostProcessor Create(JsonComponent component) => component.Type switch
    {
        "Sequence" => new SequencePostProcessor([.. component.Components("processors").Select(Create)]),
        "ByteLevel" => component.Flag("trim_offsets")
            ? new TrimOffsetsPostProcessor(component.Flag("add_prefix_space"))
            : new SequencePostProcessor([]),
        "TemplateProcessing" => Template(component),
        "BertProcessing" => new TemplatePostProcessor([NamedId(component, "cls"), null, NamedId(component, "sep")]),
        "RobertaProcessing" => Roberta(component),
        _ => throw component.Unknown("post-processor"),
    };

    private static SequencePostProcessor Roberta(JsonComponent component)
    {
        var template = new TemplatePostProcessor([NamedId(component, "cls"), null, NamedId(component, "sep")]);
        return component.Flag("trim_offsets")
            ? new SequencePostProcessor([new TrimOffsetsPostProcessor(component.Flag("add_prefix_space")), template])
            : new SequencePostProcessor([template]);
    }

    private static int NamedId(JsonComponent component, string name)
    {
        var pair = component.Items(name).ToList();
        return pair.Count == 2 && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out var id) && id >= 0
            ? id
            : throw JsonComponent.Wrong($"'{component.Place}.{name}' is not a token with its id");
    }

    private static TemplatePostProcessor Template(JsonComponent component)
    {
        var special = component.OptionalComponent("special_tokens");
        var template = new List<int?>();
        foreach (var piece in component.Components("single"))
        {
            if (piece.OptionalComponent("Sequence") is { } sequence)
            {
                if (sequence.Text("id") != "A")
                {
                    throw JsonComponent.Wrong($"'{sequence.Place}' names a second text, which the template for one text has not");
                }

                template.Add(null);
                continue;
            }

            var token = piece.OptionalComponent("SpecialToken") ?? throw JsonComponent.Wrong($"'{piece.Place}' is neither 'Sequence' nor 'SpecialToken'");
            var definition = special?.OptionalComponent(token.Text("id"))
                ?? throw JsonComponent.Wrong($"'{component.Place}.special_tokens' lacks '{token.Text("id")}', which the template names");
            foreach (var id in definition.Items("ids"))
            {
                template.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
                    ? number
                    : throw JsonComponent.Wrong($"'{definition.Place}.ids' are not ids"));
            }
        }

        return new TemplatePostProcessor(template);
    }
}
