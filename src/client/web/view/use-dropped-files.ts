import { useEffect, useRef, useState } from 'preact/hooks';

/** Tells files that are dropped anywhere on the page, or pasted; true while some are held over it. */
export function useDroppedFiles(onFiles: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  const told = useRef(onFiles);
  told.current = onFiles;
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const take = (event: Event, files: FileList | undefined): void => {
      if (!files?.length) return;
      event.preventDefault();
      told.current([...files]);
    };
    window.addEventListener('paste', (event) => take(event, event.clipboardData?.files), { signal });
    window.addEventListener(
      'drop',
      (event) => {
        setOver(false);
        take(event, event.dataTransfer?.files);
      },
      { signal },
    );
    window.addEventListener(
      'dragover',
      (event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      },
      { signal },
    );
    // Leaving the window is leaving for nothing; between two elements of the page there is one entered.
    window.addEventListener('dragleave', (event) => !event.relatedTarget && setOver(false), { signal });
    return () => over.abort();
  }, []);
  return isOver;
}
