/** Types of @pulumi/aws, by module: `{ ec2: "Vpc Subnet" }` gives `aws:ec2/vpc:Vpc` and the other. */
export const awsTypesOf = (byModule: Readonly<Record<string, string>>): string[] =>
  Object.entries(byModule).flatMap(([module, names]) =>
    names
      .split(" ")
      .map((name) => `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`),
  );
