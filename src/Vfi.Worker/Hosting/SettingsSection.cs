using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Vfi.Pipeline;

namespace Vfi.Worker.Hosting;

/// <summary>Reads one section of the settings and names the key that is wrong.</summary>
internal static class SettingsSection
{
    /// <exception cref="VfiException">An unknown key or a value of the wrong type (bad input).</exception>
    public static void Bind<T>(IConfigurationSection section, T options)
        where T : class
    {
        var properties = typeof(T).GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (!properties.TryGetValue(child.Key, out var property))
                throw VfiException.BadInput($"{child.Path}: unknown configuration key; {section.Key} has {string.Join(", ", properties.Keys)}");
            // JSON's null would take the place of the default.
            if (child.Value is null && !child.GetChildren().Any() && property.GetValue(options) is not (null or Array))
                throw VfiException.BadInput($"{child.Path}: is null; leave it out, or give a value");
            // Empty means none where a setting may be none.
            var optional = Nullable.GetUnderlyingType(property.PropertyType);
            if (child.Value is { } value && (optional is null || value.Length > 0) && Wanted(optional ?? property.PropertyType, value) is { } wanted)
                throw VfiException.BadInput($"{child.Path} {value}: must be {wanted}");
        }
        section.Bind(options);
    }

    /// <summary>What is wrong with the values of a section, each with its key.</summary>
    /// <param name="section">The section's name.</param>
    /// <param name="options">Bound to it.</param>
    public static IEnumerable<string> Problems(string section, object options)
    {
        foreach (var property in options.GetType().GetProperties())
        {
            var value = property.GetValue(options);
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(a => !Holds(a, value)))
                yield return string.Create(CultureInfo.InvariantCulture, $"{section}:{property.Name} {value}: {Wanted(rule, property.Name)}");
        }
        if (options is IValidatableObject more)
        {
            foreach (var problem in more.Validate(new ValidationContext(options)))
                yield return problem.ErrorMessage!;
        }
    }

    private static string Wanted(ValidationAttribute rule, string property) => rule switch
    {
        RangeAttribute { Maximum: >= (double)long.MaxValue } range => string.Create(CultureInfo.InvariantCulture, $"must be at least {range.Minimum}"),
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"must be {range.Minimum} to {range.Maximum}"),
        RequiredAttribute => "must not be empty",
        _ => rule.FormatErrorMessage(property),
    };

    /// <summary>As the rule itself, but a range of whole numbers does not round a fraction into it.</summary>
    private static bool Holds(ValidationAttribute rule, object? value) => rule is RangeAttribute { OperandType.IsPrimitive: true } range && value is double number
        ? number >= Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture) && number <= Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) : rule.IsValid(value);

    /// <summary>What a type takes; null: such a value.</summary>
    private static string? Wanted(Type type, string value)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase) ? null : $"one of {string.Join(", ", Enum.GetNames(type))}";
        if (type == typeof(bool))
            return bool.TryParse(value, out _) ? null : "true or false";
        if (type == typeof(int))
            return Number<int>();
        if (type == typeof(long))
            return Number<long>();
        return type == typeof(double) && !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? "a number" : null;

        string? Number<TNumber>()
            where TNumber : System.Numerics.IBinaryInteger<TNumber>, System.Numerics.IMinMaxValue<TNumber> =>
            TNumber.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) ? null : $"a whole number of at most {TNumber.MaxValue}";
    }
}
