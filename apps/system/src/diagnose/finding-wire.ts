import type { Finding, Severity } from '@arcbox/diagnosis';
import { type Finding as FindingMessage, Finding_Severity } from '@arcbox/proto/arcbox/engine/v1/system';

const severities: { readonly [severity in Severity]: Finding_Severity } = {
  unknown: Finding_Severity.SEVERITY_UNSPECIFIED,
  ok: Finding_Severity.SEVERITY_OK,
  warning: Finding_Severity.SEVERITY_WARNING,
  error: Finding_Severity.SEVERITY_ERROR,
};

export const toFinding = ({ severity, ...rest }: Finding): FindingMessage => ({ ...rest, severity: severities[severity] });
