using System.CommandLine;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect</c>: what the program sees. One file a thing to see.</summary>
internal static class InspectVerb
{
    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) =>
        new("inspect", "Show what the program sees.")
        {
            InspectTokensVerb.Create(host), InspectChatVerb.Create(host), InspectModelVerb.Create(host), InspectInterventionVerb.Create(host),
        };
}
