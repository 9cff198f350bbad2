import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** State in a parameter of the address: it survives reload and the back button, and a link carries it. */
export function useQueryParam(
  name: string,
): [string | null, (value: string | null, replace?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | null, replace = false) => {
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === null) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace },
      );
    },
    [name, setParams],
  );
  return [params.get(name), set];
}
