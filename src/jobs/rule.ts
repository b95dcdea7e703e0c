/** One rule of a Role: what the ServiceAccount of a Job may do. Without names it is for every object of the kind. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}
