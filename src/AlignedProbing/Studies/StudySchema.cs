using System.Text.Json.Nodes;
using AlignedProbing.Files;
using AlignedProbing.Settings;

namespace AlignedProbing.Studies;

/// <summary>The JSON Schema of study files, from the declarations of the options: editors complete and check keys with it.</summary>
public static class StudySchema
{
    private const string Impossible = "?";

    /// <summary>Its text, as <c>docs/reference/study.schema.json</c> has it.</summary>
    public static string Text()
    {
        var member = new JsonObject
        {
            ["name"] = Described("string", "What its runs are called; the model's name where it is left out."),
            ["run"] = Described("string", "A finished run's folder, in the place of a model."),
            ["family"] = Described("string", "The family of models. Correlations over models are drawn by family too."),
            ["kind"] = Described("string", "pre-trained, instruction-tuned, detoxified, or any other word."),
            ["base"] = Described("string", "The model, or the run, that this one was made from: a contrast."),
            ["step"] = Described("integer", "The step of training, where revision or folder do not say it as step1000 does."),
        };
        foreach (var setting in StudySettings.OfRuns)
        {
            member[StudyReader.KeyOf(setting)] = Of(setting, isRun: true);
        }

        var study = new JsonObject { ["name"] = Described("string", "The study's name; the file's own where it is left out.") };
        foreach (var setting in StudySettings.OfWhole)
        {
            study[StudyReader.KeyOf(setting)] = Of(setting, isRun: false);
        }

        foreach (var setting in StudySettings.OfRuns.Where(setting => setting.Name != ModelSettings.Model.Name))
        {
            study[StudyReader.KeyOf(setting)] = Of(setting, isRun: true);
        }

        study["models"] = new JsonObject
        {
            ["description"] = "The runs: a list of values is a run each.",
            ["type"] = "array",
            ["minItems"] = 1,
            ["items"] = new JsonObject
            {
                ["anyOf"] = new JsonArray(
                    new JsonObject { ["type"] = "string" },
                    new JsonObject { ["type"] = "object", ["properties"] = member, ["additionalProperties"] = false }),
            },
        };
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "A study of aligned-probing",
            ["type"] = "object",
            ["required"] = new JsonArray("models"),
            ["properties"] = study,
            ["additionalProperties"] = false,
        };
        return schema.ToJsonString(RecordJson.File) + "\n";
    }

    private static JsonObject Described(string type, string description) => new() { ["description"] = description, ["type"] = type };

    private static JsonObject Of(Setting setting, bool isRun)
    {
        var value = Value(setting);
        var list = new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = value.DeepClone() };
        var takesList = setting.Arity == ValueArity.Several || (isRun && setting.Scope != SettingScope.Machine);
        var schema = takesList ? new JsonObject { ["anyOf"] = new JsonArray(value, list) } : value;
        schema.Insert(0, "description", setting.Help);
        return schema;
    }

    private static JsonObject Value(Setting setting)
    {
        if (setting.IsFlag)
        {
            return new JsonObject { ["type"] = "boolean" };
        }

        string[] names = setting.Range.Split(", ");
        if (setting.Range.Length > 0 && Array.TrueForAll(names, name => Reads(setting, name)) && !Reads(setting, Impossible))
        {
            return new JsonObject { ["enum"] = new JsonArray([.. names.Select(name => (JsonNode)name)]) };
        }

        return setting switch
        {
            Setting<int> or Setting<int?> when !Reads(setting, "auto") => new JsonObject { ["type"] = new JsonArray("integer", "null") },
            Setting<double> or Setting<double?> => new JsonObject { ["type"] = new JsonArray("number", "null") },
            _ => new JsonObject { ["type"] = new JsonArray("string", "number", "null") },
        };
    }

    private static bool Reads(Setting setting, string text)
    {
        try
        {
            setting.Parse([text]);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
